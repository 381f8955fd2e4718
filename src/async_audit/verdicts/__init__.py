"""Does async add anything? The ledger, the verdict, and what becomes of each entry point on each stack."""
