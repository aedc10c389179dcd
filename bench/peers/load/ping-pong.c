/* The floor of a call over TCP: two processes, each waits in epoll. Arguments: bytes of a request, bytes of an answer, calls.
   Prints microseconds a call. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char bytes[65536];

static void receive(int events, int fd, int wanted) {
  struct epoll_event event;
  while (wanted > 0) {
    if (epoll_wait(events, &event, 1, -1) < 0) exit(1);
    ssize_t got = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (got == 0) exit(0);
    if (got > 0) wanted -= got;
  }
}

static int watched(int fd) {
  int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  int events = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN};
  epoll_ctl(events, EPOLL_CTL_ADD, fd, &event);
  return events;
}

int main(int count, char **arguments) {
  if (count != 4) return 2;
  int request = atoi(arguments[1]), answer = atoi(arguments[2]), calls = atoi(arguments[3]);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(listener, (struct sockaddr *)&address, length) < 0 || listen(listener, 1) < 0) return 1;
  getsockname(listener, (struct sockaddr *)&address, &length);
  pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int fd = accept(listener, NULL, NULL), events = watched(fd);
    for (;;) {
      receive(events, fd, request);
      if (send(fd, bytes, answer, MSG_NOSIGNAL) != answer) return 0;
    }
  }
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(fd, (struct sockaddr *)&address, length) < 0) return 1;
  int events = watched(fd);
  struct timespec from, to;
  clock_gettime(CLOCK_MONOTONIC, &from);
  for (int i = 0; i < calls; i++) {
    if (send(fd, bytes, request, MSG_NOSIGNAL) != request) return 1;
    receive(events, fd, answer);
  }
  clock_gettime(CLOCK_MONOTONIC, &to);
  close(fd);
  waitpid(child, NULL, 0);
  printf("%.3f\n", ((to.tv_sec - from.tv_sec) * 1e9 + (to.tv_nsec - from.tv_nsec)) / 1e3 / calls);
  return 0;
}
