using AuthSidecar.IntegrationTests.Cases;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Corpus;

namespace AuthSidecar.IntegrationTests.Sdks;

/// <summary>
/// Every refusal of the corpus in a provider's format, through a real Envoy to the provider's real SDK: it raises the right exception, and
/// retries or stops as intended.
/// </summary>
public sealed class SdkTests(CaseServers servers) : IClassFixture<CaseServers>
{
    [RequiresTheory("envoy", "node")]
    [InlineData("openai")]
    [InlineData("anthropic")]
    public async Task EveryRefusal_RaisesTheSdksOwnException(string sdk)
    {
        var cases = CorpusFiles
            .Cases.Where(one =>
                one.Refusal?.Shape == sdk
                && one is { Refusal.Reason: not null, IsUpgrade: false, Method: "POST" }
                && one.Exception(Transport.Envoy) is null
            )
            .ToList();
        Assert.True(cases.Count > 15, $"{cases.Count} cases");
        await using var client = SdkClient.Start();
        var wrong = new List<string>();
        foreach (var one in cases)
        {
            var (port, vocabulary) = await servers.PrepareAsync(EnvoyRelease.Newest, one);
            var headers = CheckRequests
                .ClientLines(one, vocabulary)
                .Select(line => (IReadOnlyList<string>)[line.Name, line.Value])
                .ToList();

            // Exhausted limits are replenished after a minute or a day, and the SDKs would wait for that long.
            var retries = one.Given.Before > 0 ? 0 : 1;
            var call = new SdkCall(sdk, port, CheckRequests.Authority(one), one.Method, vocabulary.Resolve(one.Target), headers, retries);
            for (var i = 0; i < one.Given.Before; i++)
            {
                await client.CallAsync(call with { MaxRetries = 0 });
            }

            var result = await client.CallAsync(call);
            var isLong =
                one.Given.Before > 0
                && one.Given.Policy != "half-minute"
                && one.Refusal!.Reason is not ("budget_reserved" or "too_many_failures" or "too_many_parallel");
            wrong.AddRange(Complaints(sdk, one.Refusal!, isLong, retries, result).Select(complaint => $"{one.Id}: {complaint}"));
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    private static IEnumerable<string> Complaints(string sdk, ExpectedAnswer refusal, bool isLong, int retries, SdkResult result)
    {
        var name = refusal.Status switch
        {
            400 => "BadRequestError",
            401 => "AuthenticationError",
            403 => "PermissionDeniedError",
            404 => "NotFoundError",
            429 => "RateLimitError",
            // Anthropic's exception derives from InternalServerError.
            503 when sdk == "anthropic" => "ServiceUnavailableError",
            _ => "InternalServerError",
        };
        if (result.Name != name || result.Status != refusal.Status)
        {
            yield return $"expected {name} {refusal.Status}, got {result.Name} {result.Status}";
        }

        if (result.RequestId is not { Length: > 0 } || result.RequestId != result.Decision)
        {
            yield return $"request id {result.RequestId ?? "null"} of decision {result.Decision}";
        }

        if (sdk == "openai" ? result.Code != refusal.Reason : result.Message?.Contains(refusal.Reason!, StringComparison.Ordinal) != true)
        {
            yield return $"{refusal.Reason} is not in it";
        }

        // The SDKs wait inside the call: more than a minute is not asked of them.
        var isWorthTrying = refusal.Status is 429 or 503 && !isLong;
        if (result.Attempts != (isWorthTrying ? 1 + retries : 1))
        {
            yield return $"{result.Attempts} attempts";
        }

        if (
            result.ShouldRetry != isWorthTrying
            || (isWorthTrying && result.RequestedDelay <= 0)
            || (result.Attempts > 1 && result.Waited < result.RequestedDelay - 1)
        )
        {
            yield return $"should retry: {result.ShouldRetry}; waited {result.Waited} ms of the requested {result.RequestedDelay}";
        }
    }
}
