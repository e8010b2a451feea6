"""From a picture to findings on the skin. Knows no network and no database."""
