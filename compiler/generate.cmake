# What is generated into the build folder: the lexer (re2c) and the grammar (Lemon).
