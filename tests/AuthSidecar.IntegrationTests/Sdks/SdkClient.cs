using System.Diagnostics;
using System.Text.Json;
using AuthSidecar.TestSupport;

namespace AuthSidecar.IntegrationTests.Sdks;

/// <summary>One request for a provider's SDK to send.</summary>
internal sealed record SdkCall(
    string Sdk,
    int Port,
    string Host,
    string Method,
    string Target,
    IReadOnlyList<IReadOnlyList<string>> Headers,
    int MaxRetries
);

/// <summary>The result of an SDK's call.</summary>
/// <param name="Name">Its exception's class; null: none was raised.</param>
/// <param name="Status">HTTP status of the exception.</param>
/// <param name="Code">The error's <c>code</c>, if the SDK has one.</param>
/// <param name="RequestId">The exception's request id.</param>
/// <param name="Decision">Id of the decision on the last attempt.</param>
/// <param name="Message">Message of the exception.</param>
/// <param name="Attempts">Number of requests sent.</param>
/// <param name="Waited">Milliseconds between the first two.</param>
/// <param name="RequestedDelay">Retry delay in milliseconds that the first response requested.</param>
/// <param name="ShouldRetry">The response requested a retry.</param>
internal sealed record SdkResult(
    string? Name,
    int? Status,
    string? Code,
    string? RequestId,
    string? Decision,
    string? Message,
    int Attempts,
    double Waited,
    double RequestedDelay,
    bool ShouldRetry
);

/// <summary>A node process with the real SDKs.</summary>
internal sealed class SdkClient : IAsyncDisposable
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    private SdkClient(Process process) => _process = process;

    public static SdkClient Start()
    {
        var process = Process.Start(
            new ProcessStartInfo("node", [Path.Combine(NodePackages.Integration.Directory, "sdk-client.js")])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            }
        );
        return new(process!);
    }

    public async Task<SdkResult> CallAsync(SdkCall call)
    {
        await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(call, JsonSerializerOptions.Web));
        await _process.StandardInput.FlushAsync();
        var line = await _process.StandardOutput.ReadLineAsync().WaitAsync(_limit);
        return JsonSerializer.Deserialize<SdkResult>(
            line ?? throw new InvalidOperationException("node ended."),
            JsonSerializerOptions.Web
        )!;
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync().WaitAsync(_limit);
        _process.Dispose();
    }
}
