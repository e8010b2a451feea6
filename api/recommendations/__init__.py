"""What may help, from a rule file that is data: by ingredients, held back by blocks, and each with its reason."""
