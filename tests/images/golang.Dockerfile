# Stands for golang:1.26-bookworm where no registry is: this machine's Go on Debian.
FROM tienda/debian
COPY . /usr/local/go
ENV PATH=/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin GOPATH=/go GOTOOLCHAIN=local
