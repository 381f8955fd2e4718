"""What the project declares: modules, classes, models, settings. No function body is evaluated here."""
