"""A recorded run taken through the product's own line once more, in memory and by the record's clock."""
