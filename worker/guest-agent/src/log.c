#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static int log_fd = STDERR_FILENO;

void log_to(int fd) { log_fd = fd; }

void log_line(const char *format, ...) {
    char line[512] = "noid-agent: ";
    size_t used = 12;
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line + used, sizeof line - used - 1, format, args);
    va_end(args);
    if (n < 0) return;
    used += (size_t)n < sizeof line - used - 1 ? (size_t)n : sizeof line - used - 2;
    line[used++] = '\n';
    if (write(log_fd, line, used) < 0) return; /* nowhere to complain to */
}
