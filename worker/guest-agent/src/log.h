/* One line a transition, to the kernel's log (PID 1) or stderr (stub). Never a guest's output. */
#ifndef NOID_LOG_H
#define NOID_LOG_H

void log_to(int fd);
__attribute__((format(printf, 1, 2))) void log_line(const char *format, ...);

#endif
