#!/usr/bin/env python3
"""Compiles the kernels to the PTX that is committed beside them.

    python3 -m venv VENV && VENV/bin/pip install nvidia-cuda-nvrtc-cu12==12.0.76
    VENV/bin/python workers/evolve/kernels/compile.py            writes the PTX
    VENV/bin/python workers/evolve/kernels/compile.py --check    says whether it is what the sources give, byte for byte

    VENV/bin/pip install nvidia-cuda-nvcc==13.0.88
    VENV/bin/python workers/evolve/kernels/compile.py --assemble  what each card makes of the PTX: registers, and spills, of which there may be none

That compiler is old on purpose: a driver takes no PTX that is newer than itself, and this one's is taken from driver 525 on.
"""

import ctypes
import hashlib
import importlib.util
import pathlib
import re
import subprocess
import sys

VERSION = "12.0.76"
OPTIONS = ["--gpu-architecture=compute_75", "--std=c++17"]
CARDS = ["sm_75", "sm_80", "sm_86", "sm_89", "sm_90", "sm_100", "sm_120"]
# As many let a multiprocessor hold as many warps as it takes.
REGISTERS = 64
FOLDER = pathlib.Path(__file__).resolve().parent


def compiler():
    package = importlib.util.find_spec("nvidia.cuda_nvrtc")
    if package is None:
        sys.exit(f"failed to find NVRTC: install nvidia-cuda-nvrtc-cu12=={VERSION} with pip, best into an environment of its own")
    return ctypes.CDLL(str(pathlib.Path(list(package.submodule_search_locations)[0]) / "lib" / "libnvrtc.so.12"))


def call(library, name, *arguments):
    status = getattr(library, name)(*arguments)
    if status != 0:
        library.nvrtcGetErrorString.restype = ctypes.c_char_p
        return library.nvrtcGetErrorString(status).decode()
    return None


def text_of(library, program, what):
    size = ctypes.c_size_t()
    call(library, f"nvrtcGet{what}Size", program, ctypes.byref(size))
    text = ctypes.create_string_buffer(size.value)
    call(library, f"nvrtcGet{what}", program, text)
    return text.value.decode()


def whole(source):
    """The text of a source with what it includes from here in its place."""
    lines = source.read_text().splitlines(keepends=True)
    include = re.compile(r'#include "([^"]+)"')
    return "".join(whole(FOLDER / found[1]) if (found := include.match(line)) else line for line in lines)


def compiled(library, source):
    program = ctypes.c_void_p()
    text = whole(source).encode()
    call(library, "nvrtcCreateProgram", ctypes.byref(program), text, source.name.encode(), 0, None, None)
    options = (ctypes.c_char_p * len(OPTIONS))(*[option.encode() for option in OPTIONS])
    trouble = call(library, "nvrtcCompileProgram", program, len(OPTIONS), options)
    if trouble:
        sys.exit(f"failed to compile {source.name}: {trouble}\n{text_of(library, program, 'ProgramLog')}")
    head = f"// source={source.name} sha256={hashlib.sha256(text).hexdigest()} nvrtc={VERSION} options={' '.join(OPTIONS)}\n"
    return head + text_of(library, program, "PTX")


def assembled(assembler, target, card):
    """The registers of each kernel on a card, and the bytes that it spills."""
    command = [assembler, "-v", f"-arch={card}", str(target), "-o", "/dev/null"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    pattern = r"Compiling entry function '(\w+)'.*?(\d+) bytes spill stores, (\d+) bytes spill loads.*?Used (\d+) registers"
    return [(name, int(registers), int(stored) + int(loaded)) for name, stored, loaded, registers in re.findall(pattern, told, re.S)]


def assemble():
    package = importlib.util.find_spec("nvidia.cu13")
    if package is None:
        sys.exit("failed to find ptxas: install nvidia-cuda-nvcc==13.0.88 with pip, best into an environment of its own")
    assembler = str(pathlib.Path(list(package.submodule_search_locations)[0]) / "bin" / "ptxas")
    wrong = []
    for target in sorted(FOLDER.glob("*.ptx")):
        for card in CARDS:
            kernels = assembled(assembler, target, card)
            most = max(registers for _, registers, _ in kernels)
            spilled = sum(bytes for _, _, bytes in kernels)
            print(f"{target.name} {card}: {len(kernels)} kernels, at most {most} registers, {spilled} bytes spilled")
            wrong += [f"{target.name} {card} {name}" for name, registers, bytes in kernels if registers > REGISTERS or bytes > 0]
    if wrong:
        sys.exit(f"more than {REGISTERS} registers, or spills: {', '.join(wrong)}")


def main():
    if "--assemble" in sys.argv[1:]:
        assemble()
        return
    library = compiler()
    stale = []
    for source in sorted(FOLDER.glob("*.cu")):
        target, text = source.with_suffix(".ptx"), compiled(library, source)
        if "--check" not in sys.argv[1:]:
            target.write_text(text)
        elif not target.is_file() or target.read_text() != text:
            stale.append(target.name)
    if stale:
        sys.exit(f"{', '.join(stale)}: not what the sources give; run compile.py without --check")


main()
