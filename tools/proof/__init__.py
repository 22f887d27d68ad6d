"""The proof that the suite's verdicts can be trusted: every check can fail, and none fails wrongly.

    matrix    the suite against the reference with each of its defects: what is killed, missed, and hit beside
    mutants   recorded answers broken mechanically, and changed lawfully
    grammar   an opinion of its own on which streams are lawful
    moods     the suite against lawful models of every mood, and the defects again under mild ones
    page      the result as JSON and as a page

`python -m proof` does all of it. Nothing of this is part of the installed program.
"""
