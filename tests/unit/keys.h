/* SPDX-License-Identifier: BSD-2-Clause */
/* One key and its certificate, as hexadecimal digits, for what X.509 and TLSA tests publish. */
#ifndef NMX_TESTS_KEYS_H
#define NMX_TESTS_KEYS_H

/* clang-format off */
/* A self-signed X.509 certificate with an Ed25519 key. */
#define KEYS_CERTIFICATE \
	"3081c23076020101300506032b6570300d310b300906035504030c026d783020" \
	"170d3236313132333039323332355a180f32313236313033303039323332355a" \
	"300d310b300906035504030c026d78302a300506032b6570032100f43802eb69" \
	"092648d7220d84fae92ca75d151f860a5400078a81a32846e8c942300506032b" \
	"6570034100082ff0e9a457dc75060db7eda88cb73e566fbfde3c8ca1239cb153" \
	"0da6836920c23263cab367ac3fe6eb2f6e243fa2c61829182f3c916bda3d5127" \
	"09422ff104"

/* Its SubjectPublicKeyInfo. */
#define KEYS_KEY \
	"302a300506032b6570032100f43802eb69092648d7220d84fae92ca75d151f86" \
	"0a5400078a81a32846e8c942"

/* Another, RSA of 1024 bits. */
#define KEYS_RSA \
	"30819f300d06092a864886f70d010101050003818d0030818902818100e96da2" \
	"db75e77101808fe9d74b354fd474ee2a9362ea152ec9f6cb365bd49fa2d57495" \
	"242928ded071041823a65b9a562e70cf19626650577faedf8d496b327b635a4c" \
	"639986409fa88eb70b0cd697d9d22d11f72fce552a01c208aa443a5d73fbfa41" \
	"f5b59806424d1994eab2f2ffe03ffe7cd162058f146155d654060b875d020301" \
	"0001"

/* Digests; nobody looks at what they are of. */
#define KEYS_SHA256 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define KEYS_SHA512 KEYS_SHA256 KEYS_SHA256
/* clang-format on */

#endif
