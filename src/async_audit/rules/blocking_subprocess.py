"""A subprocess is waited for on the event loop.

## What it does
Reports `subprocess.run`, `call`, `check_call`, `check_output`, `getoutput`, `Popen.wait` and `communicate`,
`os.system`, `os.popen`, `os.wait` and their like in code that runs on the event loop.

## Why it matters
Nothing is raised: until the other program ends, every other request of the process waits.

## Example
```python
import os
import subprocess

async def convert(request):
    subprocess.run(["pdftotext", "book.pdf"], check=True)  # DJA203

async def version(request):
    return subprocess.check_output(["pdftotext", "-v"])  # DJA203

async def cleanup(request):
    os.system("rm -f book.txt")  # DJA203
```

## Use instead
```python
import asyncio

async def convert(request):
    process = await asyncio.create_subprocess_exec("pdftotext", "book.pdf")
    return await process.wait()

async def version(request):
    process = await asyncio.create_subprocess_exec("pdftotext", "-v", stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    return output
```

## What stays silent
```python
import asyncio
import subprocess

class Converter:
    def run(self, name):
        return name.removesuffix(".pdf")

async def near_misses(request):
    try:
        await asyncio.to_thread(subprocess.run, ["pdftotext", "book.pdf"], check=True)
    except subprocess.CalledProcessError:
        return Converter().run("book.pdf")
    return subprocess.list2cmdline(["pdftotext", "book.pdf"])
```

## Sources
- Python documentation: "Subprocesses" (asyncio), "Developing with asyncio" (running blocking code).
- Measured with Django 4.2 to 6.1: `subprocess.run` and `os.system` block an asynchronous view without an
  exception.
"""

from async_audit.effects.kinds import Category
from async_audit.findings import Severity
from async_audit.rulebook import Rule, effects_of

RULE = Rule(
    code="DJA203",
    slug="blocking-subprocess",
    severity=Severity.ERROR,
    check=effects_of(Category.SUBPROCESS),
)
