"""Products: a shop's list taken as the catalogue, kept in the database, searched.

    table, columns                  one file as rows, whatever wrote it; which column is what
    names, prices, ingredients,     what the cells say
    addresses, categories
    reading                         a file as products, and what could not be taken
    importing, replacing            a file as the catalogue: indexed, then exchanged in one transaction
    repository, lines               products by id and by category; products as lines, for the index and for backups
    text, meanings, queries         words in one spelling, what they mean, what was typed as a query
    index, search, highlights       the index of an import, answers from it

What is a matter of words is data: columns.toml, names.toml, categories.toml, synonyms.toml.
"""
