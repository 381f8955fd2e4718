"""Evaluation of function bodies: the values that flow through them and the effects they have."""
