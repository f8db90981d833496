/* The CA of the kept examples; its key was thrown away when they were made. */
#ifndef DUBAN_TESTS_FUZZ_MODEL_SEAL_FUZZ_CA_H
#define DUBAN_TESTS_FUZZ_MODEL_SEAL_FUZZ_CA_H

#define FUZZ_NOW         INT64_C(1663228800)
#define FUZZ_PAYLOAD_LEN 307 /* the one payload that was ever signed */

static const char fuzz_ca[] =
	"-----BEGIN CERTIFICATE-----\n"
	"MIIBPjCB5aADAgECAgEBMAoGCCqGSM49BAMCMBgxFjAUBgNVBAMMDWR1YmFuIGZ1\n"
	"enogY2EwHhcNMTkxMjIwMDgwMDAwWhcNMjUwNjExMDgwMDAwWjAYMRYwFAYDVQQD\n"
	"DA1kdWJhbiBmdXp6IGNhMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEb30WFEU0\n"
	"j+BoC8Te6Ma2n1BSnSizMxTdWcwUnBxJGBzWRPfCf4L1UwPMOXa7QXmIPnQSUE/p\n"
	"IUZE0cbhTW3N66MgMB4wDwYDVR0TAQH/BAUwAwEB/zALBgNVHQ8EBAMCAQYwCgYI\n"
	"KoZIzj0EAwIDSAAwRQIhAK3TKz4rUMHZhhz/W3Q6k5/ONRLe7+ZUfIP05kY0hWOZ\n"
	"AiAlmegWzOjatGLHuk+ne9TFgLidpSgAbKhMXnbVS0Bb0Q==\n"
	"-----END CERTIFICATE-----\n";

#endif
