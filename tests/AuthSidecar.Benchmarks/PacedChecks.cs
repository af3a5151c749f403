using System.Diagnostics;
using Envoy.Service.Auth.V3;

namespace AuthSidecar.Benchmarks;

/// <summary>Checks at a steady rate, in batches every 10 ms, independent of the answers.</summary>
internal sealed class PacedChecks(global::Envoy.Service.Auth.V3.Authorization.AuthorizationClient client, TimeSpan duration)
{
    /// <returns>Milliseconds of each Check, and the number of answers with each reason; "" is an Allow.</returns>
    public async Task<(List<double> Times, Dictionary<string, int> Reasons)> SendAsync(Func<CheckRequest> request, int perSecond)
    {
        var calls = new List<Task<(double Time, string Reason)>>();
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < duration)
        {
            while (calls.Count < perSecond * clock.Elapsed.TotalSeconds)
            {
                calls.Add(CheckAsync(request()));
            }

            await Task.Delay(10);
        }

        var answers = await Task.WhenAll(calls);
        return (
            [.. answers.Select(answer => answer.Time)],
            answers.GroupBy(answer => answer.Reason).ToDictionary(group => group.Key, group => group.Count())
        );
    }

    /// <summary>Fails unless every Check is allowed.</summary>
    /// <returns>Milliseconds of each Check.</returns>
    public async Task<List<double>> MustAllowAsync(CheckRequest request, int perSecond)
    {
        var (times, reasons) = await SendAsync(() => request, perSecond);
        return reasons.Keys.All(reason => reason.Length == 0)
            ? times
            : throw new InvalidOperationException($"Good requests refused: {string.Join(", ", reasons)}.");
    }

    private async Task<(double Time, string Reason)> CheckAsync(CheckRequest request)
    {
        var sent = Stopwatch.GetTimestamp();
        var answer = await client.CheckAsync(request, deadline: DateTime.UtcNow.AddSeconds(30));
        return (Stopwatch.GetElapsedTime(sent).TotalMilliseconds, answer.DynamicMetadata.Fields["reason"].StringValue);
    }
}
