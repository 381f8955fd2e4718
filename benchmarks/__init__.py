"""Measurements that anyone can repeat: whether the verdicts hold on real servers, and what an audit costs."""
