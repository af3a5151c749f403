using System.Globalization;
using System.Text.RegularExpressions;
using AuthSidecar.TestSupport;

namespace AuthSidecar.Benchmarks;

/// <summary>nghttp2's load generator, pinned to one core. Every response must be 2xx with the size of one verified response.</summary>
internal sealed partial class H2Load(Size size)
{
    public const string CheckPath = "/envoy.service.auth.v3.Authorization/Check";

    // The digits of a remaining limit vary in number.
    private const long LongestNumber = 8;

    // Envoy sets it too: a server keeps a timer for each call with a deadline.
    private readonly string _timeout =
        $"{decimal.Parse(CheckTimeout().Match(BenchmarkHarness.EnvoyFile(size)).Groups[1].Value, CultureInfo.InvariantCulture) * 1000:0}m";

    /// <returns>Requests per second.</returns>
    public double Run(Uri server, string bodyFile, int answerBytes, int requests, string shape = "-c4 -m25")
    {
        var (exitCode, output) = Programs.Run(
            "/usr/bin/env",
            [
                "taskset",
                "-c",
                "1",
                "h2load",
                $"-n{requests}",
                "-t1",
                .. shape.Split(' '),
                "-d",
                bodyFile,
                "-H",
                "content-type: application/grpc",
                "-H",
                "te: trailers",
                "-H",
                $"grpc-timeout: {_timeout}",
                new Uri(server, CheckPath).ToString(),
            ]
        );
        var answered = Match(output, StatusCodes(), "status codes");
        var data = Match(output, DataBytes(), "traffic");
        if (exitCode != 0 || answered != requests || Math.Abs(data - ((long)requests * answerBytes)) > requests * LongestNumber)
        {
            throw new InvalidOperationException(
                $"h2load: {answered} of {requests} answered, {data} bytes of data instead of {(long)requests * answerBytes}:\n{output}"
            );
        }

        return double.Parse(RequestRate().Match(output).Groups[1].Value, CultureInfo.InvariantCulture);
    }

    private static long Match(string output, Regex pattern, string what) =>
        pattern.Match(output) is { Success: true } match
            ? long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)
            : throw new InvalidOperationException($"h2load did not say its {what}:\n{output}");

    [GeneratedRegex(@"cluster_name: authsidecar_check,.*\n *timeout: ([\d.]+)s\n")]
    private static partial Regex CheckTimeout();

    [GeneratedRegex(@"status codes: (\d+) 2xx, 0 3xx, 0 4xx, 0 5xx")]
    private static partial Regex StatusCodes();

    [GeneratedRegex(@"\((\d+)\) data")]
    private static partial Regex DataBytes();

    [GeneratedRegex(@"([\d.]+) req/s")]
    private static partial Regex RequestRate();
}
