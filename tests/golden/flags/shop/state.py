FIXED = False
SWITCHED = False
SET_FROM_ELSEWHERE = None
HANDLERS = {}


def switch_on():
    global SWITCHED
    SWITCHED = True
