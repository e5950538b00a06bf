"""The demo: a district's deliberation, invented and labelled so; its words are in content/."""
