# expect: stopped:violation
import asyncio
async def go():
    reader, writer = await asyncio.open_connection("127.0.0.1", @PORT@)
    writer.write(b"hello")
def f():
    asyncio.run(go())
