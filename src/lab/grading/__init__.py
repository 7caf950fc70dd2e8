"""`lab grade`: the exercises of a class, run in a sandbox, judged outside of it.

`sandbox` draws the walls, `probe` tries them; `house` runs one student behind them: the servers
(`stores`), the judge (`judge`, `hearing`) and the notebooks (`exchange`, all that the student's
side has of this package). `batch` does a class, `report` shows it.
"""
