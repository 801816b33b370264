"""Sessions on several workers: what crosses between them, and what stands for the others here."""
