#include "common/store/s3_listing.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <pugixml.hpp>

#include "common/store/iso_time.h"

namespace walden {
namespace {

// Pages may be empty where much was deleted; names that rise see to it that the others end.
constexpr int kMostWithoutEntry = 1000;

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

std::unexpected<Error> no_listing(std::string_view what) {
  return fail(ErrorKind::transient, fmt::format("the answer to ListObjectsV2 {}", what));
}

}  // namespace

std::string url_decode(std::string_view text) {
  std::string decoded;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const int high = at + 2 < text.size() ? hex_value(text[at + 1]) : -1;
    const int low = at + 2 < text.size() ? hex_value(text[at + 2]) : -1;
    if (text[at] == '%' && high >= 0 && low >= 0) {
      decoded += static_cast<char>(high * 16 + low);
      at += 2;
    } else {
      decoded += text[at] == '+' ? ' ' : text[at];
    }
  }
  return decoded;
}

std::int64_t parse_s3_time(std::string_view text) {
  const auto time = parse_iso_time(text);
  return time ? std::chrono::system_clock::to_time_t(*time) : 0;
}

Result<S3Page> parse_page(std::string_view xml) {
  pugi::xml_document document;
  if (!document.load_buffer(xml.data(), xml.size())) return no_listing("is no XML");
  const pugi::xml_node root = document.child("ListBucketResult");
  if (!root) return no_listing("is no listing");
  S3Page page;
  const bool encoded = std::string_view(root.child_value("EncodingType")) == "url";
  for (const pugi::xml_node node : root.children("Contents")) {
    ObjectEntry entry;
    entry.name = node.child_value("Key");
    if (encoded) entry.name = url_decode(entry.name);
    const std::string_view size = node.child_value("Size");
    const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), entry.size);
    if (entry.name.empty() || error != std::errc() || end != size.data() + size.size()) {
      return no_listing("has an entry without key or size");
    }
    entry.modified = parse_s3_time(node.child_value("LastModified"));
    page.entries.push_back(std::move(entry));
  }
  const std::string_view truncated = root.child_value("IsTruncated");
  page.next = root.child_value("NextContinuationToken");
  if (truncated != "true" && truncated != "false")
    return no_listing("does not say whether it ends");
  if (truncated == "false") page.next.clear();
  if (truncated == "true" && page.next.empty()) return no_listing("does not say how it goes on");
  return page;
}

Result<> list_objects(S3Client& client, const std::string& prefix, const ListRequest& request,
                      const Store::Visitor& visit) {
  S3Request page_request{.operation = "ListObjectsV2", .root = "ListBucketResult"};
  const QueryParameters what{
      {"list-type", "2"}, {"encoding-type", "url"}, {"prefix", prefix + request.prefix}};
  std::string last;
  std::string token;
  std::string before;
  int without_entry = 0;  // pages, one after another
  do {
    page_request.query = what;
    if (!token.empty()) {
      page_request.query.emplace_back("continuation-token", token);
    } else if (!request.start_after.empty()) {
      page_request.query.emplace_back("start-after", prefix + request.start_after);
    }
    if (!token.empty() && token == before) return no_listing("goes round in circles");
    before = token;
    const auto answer = TRY(client.perform(page_request));
    auto page = TRY(parse_page(answer.response.text()));
    without_entry = page.entries.empty() ? without_entry + 1 : 0;
    if (without_entry > kMostWithoutEntry) return no_listing("does not get anywhere");
    for (ObjectEntry& entry : page.entries) {
      // A server that does not sort would make holes of what comes too late.
      if (!entry.name.starts_with(prefix + request.prefix) || entry.name <= last) {
        return no_listing("is not in order, or not of what was asked for");
      }
      last = entry.name;
      entry.name.erase(0, prefix.size());
      if (!valid_object_name(entry.name) || entry.name <= request.start_after) continue;
      TRY(visit(entry));
    }
    token = std::move(page.next);
  } while (!token.empty());
  return {};
}

}  // namespace walden
