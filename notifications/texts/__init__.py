"""English texts of messages and of their pages, by code; the catalogs of the package translate them."""
