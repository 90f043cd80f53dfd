//! The program of the demonstration: `/usr/bin/hello`, a static executable of 350 bytes or so.
//!
//! It copies the file that holds the greeting to its standard output; without that file it
//! prints a line of its own. It exits with 0, or with 1 when reading or writing fails. Machine
//! code stands here instead of a source that a compiler reads because a Rust toolchain is all
//! that building apkcompose needs, and because a compiler's next version would give other bytes.

use crate::apk::arch::Arch;

/// What the program prints when there is no greeting. Its length stands in the machine code.
pub const LINE: &str = "Hello from apkcompose.\n";

/// Where the file is in memory: where linkers put executables of a fixed address.
const BASE: u64 = 0x40_0000;
/// The largest pages that an aarch64 kernel may have; x86_64 is content with less.
const PAGE: u64 = 0x1_0000;

/// The size of an ELF64 file header.
const FILE_HEADER: u16 = 64;
/// The size of an ELF64 program header.
const PROGRAM_HEADER: u16 = 56;
/// The size of a section header, of which there are none.
const SECTION_HEADER: u16 = 64;
/// The code, and a stack that is no code.
const PROGRAM_HEADERS: u16 = 2;
/// Where the code begins.
const CODE: u64 = (FILE_HEADER + PROGRAM_HEADERS * PROGRAM_HEADER) as u64;

const MAGIC: [u8; 4] = *b"\x7fELF";
const CLASS_64: u8 = 2;
const LITTLE_ENDIAN: u8 = 1;
const VERSION: u8 = 1;
const EXECUTABLE: u16 = 2; // ET_EXEC
const MACHINE_X86_64: u16 = 62;
const MACHINE_AARCH64: u16 = 183;
const LOAD: u32 = 1; // PT_LOAD
const STACK: u32 = 0x6474_e551; // PT_GNU_STACK
const EXECUTE: u32 = 1;
const WRITE: u32 = 2;
const READ: u32 = 4;

/// Behind the code lie [`LINE`] and then, since it is the one that varies in length, the path.
#[rustfmt::skip]
const X86_64: &[u8] = &[
    // start:
    0xb8, 0x02, 0x00, 0x00, 0x00,             // mov eax, 2            open(
    0x48, 0x8d, 0x3d, 0x87, 0x00, 0x00, 0x00, // lea rdi, [rip + path]   path,
    0x31, 0xf6,                               // xor esi, esi            O_RDONLY)
    0x0f, 0x05,                               // syscall
    0x89, 0xc3,                               // mov ebx, eax          ebx: the file
    0x48, 0x81, 0xec, 0x00, 0x10, 0x00, 0x00, // sub rsp, 4096         rsp: the buffer
    0x85, 0xc0,                               // test eax, eax
    0x79, 0x0f,                               // jns read
    0x4c, 0x8d, 0x25, 0x58, 0x00, 0x00, 0x00, // lea r12, [rip + line] r12: what to write
    0x41, 0xbd, 0x17, 0x00, 0x00, 0x00,       // mov r13d, 23          r13: and how much
    0xeb, 0x1f,                               // jmp write
    // read:
    0x85, 0xdb,                               // test ebx, ebx         no file: the line is out
    0x78, 0x43,                               // js done
    0x31, 0xc0,                               // xor eax, eax          read(
    0x89, 0xdf,                               // mov edi, ebx            file,
    0x48, 0x89, 0xe6,                         // mov rsi, rsp            buffer,
    0xba, 0x00, 0x10, 0x00, 0x00,             // mov edx, 4096           its size)
    0x0f, 0x05,                               // syscall
    0x48, 0x85, 0xc0,                         // test rax, rax
    0x78, 0x29,                               // js fail
    0x74, 0x2e,                               // je done               the end of the file
    0x49, 0x89, 0xe4,                         // mov r12, rsp
    0x49, 0x89, 0xc5,                         // mov r13, rax
    // write:
    0xb8, 0x01, 0x00, 0x00, 0x00,             // mov eax, 1            write(
    0xbf, 0x01, 0x00, 0x00, 0x00,             // mov edi, 1              standard output,
    0x4c, 0x89, 0xe6,                         // mov rsi, r12            what is left,
    0x4c, 0x89, 0xea,                         // mov rdx, r13            how much that is)
    0x0f, 0x05,                               // syscall
    0x48, 0x85, 0xc0,                         // test rax, rax
    0x7e, 0x0a,                               // jle fail
    0x49, 0x01, 0xc4,                         // add r12, rax          a pipe takes less at once
    0x49, 0x29, 0xc5,                         // sub r13, rax
    0x75, 0xe1,                               // jne write
    0xeb, 0xc0,                               // jmp read
    // fail:
    0xbf, 0x01, 0x00, 0x00, 0x00,             // mov edi, 1
    0xeb, 0x02,                               // jmp exit
    // done:
    0x31, 0xff,                               // xor edi, edi
    // exit:
    0xb8, 0x3c, 0x00, 0x00, 0x00,             // mov eax, 60           exit(edi)
    0x0f, 0x05,                               // syscall
];

/// The same for aarch64.
#[rustfmt::skip]
const AARCH64: &[u32] = &[
    // start:
    0xd280_0708, // mov  x8, #56          openat(
    0x9280_0c60, // mov  x0, #-100          AT_FDCWD,
    0x7000_0521, // adr  x1, path           path,
    0xd280_0002, // mov  x2, #0             O_RDONLY)
    0xd400_0001, // svc  #0
    0xaa00_03f3, // mov  x19, x0          x19: the file
    0xd140_07ff, // sub  sp, sp, #4096    sp: the buffer
    0xb6f8_0093, // tbz  x19, #63, read
    0x1000_03d4, // adr  x20, line        x20: what to write
    0xd280_02f5, // mov  x21, #23         x21: and how much
    0x1400_000c, // b    write
    // read:
    0xb7f8_0313, // tbnz x19, #63, done   no file: the line is out
    0xd280_07e8, // mov  x8, #63          read(
    0xaa13_03e0, // mov  x0, x19            file,
    0x9100_03e1, // mov  x1, sp             buffer,
    0xd282_0002, // mov  x2, #4096          its size)
    0xd400_0001, // svc  #0
    0xf100_001f, // cmp  x0, #0
    0x5400_01eb, // b.lt fail
    0x5400_0200, // b.eq done             the end of the file
    0x9100_03f4, // mov  x20, sp
    0xaa00_03f5, // mov  x21, x0
    // write:
    0xd280_0808, // mov  x8, #64          write(
    0xd280_0020, // mov  x0, #1             standard output,
    0xaa14_03e1, // mov  x1, x20            what is left,
    0xaa15_03e2, // mov  x2, x21            how much that is)
    0xd400_0001, // svc  #0
    0xf100_001f, // cmp  x0, #0
    0x5400_00ad, // b.le fail
    0x8b00_0294, // add  x20, x20, x0     a pipe takes less at once
    0xeb00_02b5, // subs x21, x21, x0
    0x54ff_fee1, // b.ne write
    0x17ff_ffeb, // b    read
    // fail:
    0xd280_0020, // mov  x0, #1
    0x1400_0002, // b    exit
    // done:
    0xd280_0000, // mov  x0, #0
    // exit:
    0xd280_0ba8, // mov  x8, #93          exit(x0)
    0xd400_0001, // svc  #0
];

/// The executable for an architecture, reading its greeting from the file at `path`; `None` for
/// an architecture that there is no code for.
pub fn program(arch: Arch, path: &str) -> Option<Vec<u8>> {
    let (machine, mut code) = match arch {
        Arch::X86_64 => (MACHINE_X86_64, X86_64.to_vec()),
        Arch::Aarch64 => {
            let bytes = AARCH64.iter().flat_map(|word| word.to_le_bytes());
            (MACHINE_AARCH64, bytes.collect())
        }
        _ => return None,
    };
    code.extend_from_slice(LINE.as_bytes());
    code.extend_from_slice(path.as_bytes());
    code.push(0);
    let mut file = headers(machine, CODE + code.len() as u64);
    file.extend(code);
    Some(file)
}

/// The headers of an executable whose file is `size` bytes long and loaded as a whole, readable
/// and executable; nothing is both writable and executable.
fn headers(machine: u16, size: u64) -> Vec<u8> {
    let mut out = Vec::new();
    out.extend(MAGIC);
    out.extend([CLASS_64, LITTLE_ENDIAN, VERSION]);
    out.extend([0; 9]); // the ABI of System V, and padding
    out.extend(EXECUTABLE.to_le_bytes());
    out.extend(machine.to_le_bytes());
    out.extend(u32::from(VERSION).to_le_bytes());
    out.extend((BASE + CODE).to_le_bytes()); // where it starts
    out.extend(u64::from(FILE_HEADER).to_le_bytes()); // where the program headers are
    out.extend(0u64.to_le_bytes()); // no section headers
    out.extend(0u32.to_le_bytes()); // no flags
    for half in [
        FILE_HEADER,
        PROGRAM_HEADER,
        PROGRAM_HEADERS,
        SECTION_HEADER,
        0, // section headers
        0, // the one with their names
    ] {
        out.extend(half.to_le_bytes());
    }
    for (kind, flags, address, size, align) in [
        (LOAD, READ | EXECUTE, BASE, size, PAGE),
        (STACK, READ | WRITE, 0, 0, 16),
    ] {
        out.extend(kind.to_le_bytes());
        out.extend(flags.to_le_bytes());
        // Offset in the file, virtual and physical address, size in the file and in memory.
        for value in [0, address, address, size, size, align] {
            out.extend(u64::to_le_bytes(value));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text at a place of the code and what lies behind it.
    fn at(code: &[u8], place: usize) -> String {
        String::from_utf8(code[place..].to_vec()).unwrap()
    }

    fn code(arch: Arch) -> Vec<u8> {
        program(arch, "/p").unwrap()[CODE as usize..].to_vec()
    }

    #[test]
    fn the_headers_are_as_long_as_they_say() {
        assert_eq!(headers(0, 0).len() as u64, CODE);
        assert_eq!(program(Arch::Riscv64, "/p"), None);
    }

    #[test]
    fn the_code_for_x86_64_points_at_its_texts() {
        let code = code(Arch::X86_64);
        // The displacement is the last part of the instruction and counts from its end.
        let target =
            |end: usize| end + i32::from_le_bytes(code[end - 4..end].try_into().unwrap()) as usize;
        assert_eq!(at(&code, target(12)), "/p\0");
        assert_eq!(at(&code, target(36)), format!("{LINE}/p\0"));
        assert_eq!(usize::from(code[38]), LINE.len());
    }

    #[test]
    fn the_code_for_aarch64_points_at_its_texts() {
        let code = code(Arch::Aarch64);
        // adr: the two lowest bits of the distance in bits 29 and 30, the others from bit 5 on.
        let target = |word: usize| {
            let bits = AARCH64[word] as usize;
            word * 4 + ((bits >> 29 & 3) | (bits >> 5 & 0x7_ffff) << 2)
        };
        assert_eq!(at(&code, target(2)), "/p\0");
        assert_eq!(at(&code, target(8)), format!("{LINE}/p\0"));
        assert_eq!((AARCH64[9] >> 5 & 0xffff) as usize, LINE.len());
    }
}
