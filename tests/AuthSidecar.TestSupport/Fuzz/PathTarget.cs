using System.Text;
using AuthSidecar.Access.Requests;

namespace AuthSidecar.TestSupport.Fuzz;

/// <summary>An accepted path has one reading: it contains nothing that a proxy or an upstream could interpret differently.</summary>
internal sealed class PathTarget : FuzzTarget
{
    private const string NeverEncoded = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/";

    private static readonly string[] _pieces =
    [
        "/",
        "/",
        "/",
        "//",
        ".",
        "..",
        "./",
        "../",
        "a",
        "v1",
        "%2e",
        "%2E",
        "%2f",
        "%5C",
        "\\",
        ";",
        ";x=1",
        "?",
        "#",
        "%23",
        "%",
        "%%",
        "%zz",
        "%4",
        "%41",
        "%00",
        "%0a",
        "%7F",
        "%20",
        " ",
        "%C3%A9",
        "%c0%af",
        "%c0%ae",
        "%ed%a0%80",
        "%f5%80%80%80",
        "%ff",
        "%252e",
        "%252f",
        "%25",
        "\0",
        "\t",
        "\r\n",
        "\u007F",
        ":",
        "@",
        "*",
        "é",
        "\uD800",
        "\uFFFD",
        "\u2215",
        "\uFF0F",
    ];

    public override string Name => "path";

    public override ValueTask TryAsync(Random random)
    {
        var target = (random.Once(5) ? "" : "/") + random.Join(_pieces, 12);
        if (CanonicalPath.TryRead(target, out var path))
        {
            Accepted(target, path);
        }
        else
        {
            Require(path is null, "a refused target has no path", target);
        }

        return default;
    }

    private static void Accepted(string target, string path)
    {
        Require(path.StartsWith('/'), "a path begins with a slash", target);
        Require(!path.Contains("//", StringComparison.Ordinal) && !path.Contains('\\'), "no empty segment, no backslash", target);
        Require(!path.Any(char.IsControl), "no control character", target);
        Require(!target.Contains('#'), "no fragment", target);
        Require(path.Split('/').All(segment => segment.Split(';')[0] is not ("." or "..")), "no dot segment", target);
        Require(
            !target.Split('?')[0].Contains("%2f", StringComparison.OrdinalIgnoreCase)
                && !target.Split('?')[0].Contains("%5c", StringComparison.OrdinalIgnoreCase),
            "no encoded separator",
            target
        );
        Require(Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(path)) == path, "text that UTF-8 can say", target);

        var again = Encode(path);
        Require(CanonicalPath.TryRead(again, out var second) && second == path, "the same path when it is encoded and read again", target);
        var withQuery = target.Split('?')[0] + "?x=1";
        Require(CanonicalPath.TryRead(withQuery, out var other) && other == path, "the query changes nothing", target);
    }

    private static string Encode(string path) =>
        string.Concat(
            Encoding.UTF8.GetBytes(path).Select(octet => NeverEncoded.Contains((char)octet) ? ((char)octet).ToString() : $"%{octet:X2}")
        );
}
