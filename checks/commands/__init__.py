"""The subcommands of `keystar`, one file each; what is heavy is imported inside them."""
