# expect: stopped:violation
import asyncio
def f():
    async def later():
        open("@CANARY@", "w").write("taken")
    loop = asyncio.new_event_loop()
    loop.call_later(0, print, "later")
    asyncio.ensure_future(later(), loop=loop)
    return "scheduled"
