"""HTML pages rendered by Django: the customer's pages and the staff console."""
