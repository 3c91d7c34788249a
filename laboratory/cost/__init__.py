"""What the product costs on AWS: dated prices, a model of the volumes, and what each saving gives up."""
