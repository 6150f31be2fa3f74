/* Preloaded into a node by tests/torture/faults.rs: makes chosen writes, syncs and truncations of chosen files fail.
 *
 * The test writes a `struct control` into the file that TORTURE_FAULTS names; both map or write the same page, so a
 * change works at once. Files are chosen by fnmatch(3) on their whole path.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

enum call { CALL_WRITE = 1, CALL_SYNC = 2, CALL_TRUNCATE = 4 };

struct control {
    _Atomic int32_t armed; /* 0: every call passes */
    _Atomic int32_t calls; /* which calls fail: a sum of enum call */
    _Atomic int32_t error; /* the errno they fail with */
    _Atomic int32_t skip;  /* how many matching calls pass first */
    _Atomic int32_t times; /* how many fail after that; negative: all of them */
    _Atomic int32_t hits;  /* how many have failed */
    _Atomic int32_t half;  /* not 0: a write that fails has written its first half */
    int32_t unused;
    char pattern[224];
};

static struct control *control;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("TORTURE_FAULTS");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *page = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (page != MAP_FAILED) control = page;
    close(file);
}

static int fails(int file, enum call call) {
    if (!control || !control->armed || !(control->calls & (int32_t)call)) return 0;
    char link[32], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    if (fnmatch(control->pattern, path, 0) != 0) return 0;
    if (atomic_fetch_sub(&control->skip, 1) > 0) return 0;
    if (control->times >= 0 && atomic_fetch_sub(&control->times, 1) <= 0) {
        control->times = 0;
        return 0;
    }
    atomic_fetch_add(&control->hits, 1);
    return 1;
}

/* The C library's own function of that name. */
#define REAL(result, name, ...)                                     \
    static result (*real)(__VA_ARGS__);                             \
    if (!real) real = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

#define FAIL return errno = control->error, -1

ssize_t write(int file, const void *bytes, size_t count) {
    REAL(ssize_t, "write", int, const void *, size_t);
    if (!fails(file, CALL_WRITE)) return real(file, bytes, count);
    if (control->half && real(file, bytes, count / 2) < 0) FAIL;
    FAIL;
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t at) {
    REAL(ssize_t, "pwrite", int, const void *, size_t, off_t);
    if (!fails(file, CALL_WRITE)) return real(file, bytes, count, at);
    if (control->half && real(file, bytes, count / 2, at) < 0) FAIL;
    FAIL;
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at) {
    REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
    if (!fails(file, CALL_WRITE)) return real(file, bytes, count, at);
    if (control->half && real(file, bytes, count / 2, at) < 0) FAIL;
    FAIL;
}

int fsync(int file) {
    REAL(int, "fsync", int);
    if (!fails(file, CALL_SYNC)) return real(file);
    FAIL;
}

int fdatasync(int file) {
    REAL(int, "fdatasync", int);
    if (!fails(file, CALL_SYNC)) return real(file);
    FAIL;
}

int ftruncate(int file, off_t length) {
    REAL(int, "ftruncate", int, off_t);
    if (!fails(file, CALL_TRUNCATE)) return real(file, length);
    FAIL;
}

int ftruncate64(int file, off64_t length) {
    REAL(int, "ftruncate64", int, off64_t);
    if (!fails(file, CALL_TRUNCATE)) return real(file, length);
    FAIL;
}
