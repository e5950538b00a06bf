"""The design as data: stylesheets, scripts and templates read as text, forms as people see them."""
