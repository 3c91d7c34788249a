"""Monthly cost of the product on AWS: dated prices, a model of the volumes, and what each saving gives up."""
