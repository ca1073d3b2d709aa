// ListObjectsV2, a page at a time
// (docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html).
#pragma once

#include <string>
#include <vector>

#include "common/store/s3_client.h"
#include "common/store/store.h"

namespace walden {

struct S3Page {
  std::vector<ObjectEntry> entries;  // whole keys, in the server's order
  std::string next;                  // continuation token; empty: the last page
};
// transient when it is no listing, or one that ends without saying how it goes on.
[[nodiscard]] Result<S3Page> parse_page(std::string_view xml);

// "%2B" and '+' undone, as in encoding-type=url.
[[nodiscard]] std::string url_decode(std::string_view text);

// Seconds since 1970 of what stands in a listing; 0 when it is no time.
[[nodiscard]] std::int64_t parse_s3_time(std::string_view text);

// Names below `prefix` of the bucket, in ascending order; keys that are no object's name are
// someone else's and left out.
[[nodiscard]] Result<> list_objects(S3Client& client, const std::string& prefix,
                                    const ListRequest& request, const Store::Visitor& visit);

}  // namespace walden
