"""`python -m bot simulate`: what the order of the fixes is worth, played with simulated people.

`people` says who comes and what is wrong with them, `followers` how one of them fares with the bot or a list, `lists` what stands on the
lists, `worlds` what is to be expected on average, `tables` and `picture` show it.
"""
