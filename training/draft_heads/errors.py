class UserError(Exception):
    """Its text is one sentence that names the file or setting, and the next step. Anything else is a defect."""
