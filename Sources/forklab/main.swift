print("forklab")
