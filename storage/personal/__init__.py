"""What a person tells of themselves: answers, the products on their shelf, and trials of products."""
