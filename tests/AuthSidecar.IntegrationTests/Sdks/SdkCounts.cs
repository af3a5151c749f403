using System.Diagnostics;
using System.Text.Json;
using AuthSidecar.TestSupport;

namespace AuthSidecar.IntegrationTests.Sdks;

/// <summary>A response as parsed by a provider's SDK.</summary>
/// <param name="Error">The SDK's name for the error, or null.</param>
internal sealed record SdkCount(
    string? Model,
    long? Input,
    long? Output,
    long? CachedRead,
    long? CachedWrite,
    long? Reasoning,
    string? Error
);

/// <summary>A node process that serves fixtures to the real SDKs.</summary>
internal sealed class SdkCounts : IAsyncDisposable
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    private SdkCounts(Process process) => _process = process;

    public static SdkCounts Start()
    {
        var process = Process.Start(
            new ProcessStartInfo("node", [Path.Combine(NodePackages.Integration.Directory, "sdk-counts.js")])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            }
        );
        return new(process!);
    }

    public async Task<SdkCount> CountAsync(Fixture fixture)
    {
        var call = new
        {
            fixture.Api,
            fixture.Stream,
            fixture.Status,
            fixture.ContentType,
            Body = Convert.ToBase64String(fixture.Body),
        };
        await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(call, JsonSerializerOptions.Web));
        await _process.StandardInput.FlushAsync();
        var line = await _process.StandardOutput.ReadLineAsync().WaitAsync(_limit);
        return JsonSerializer.Deserialize<SdkCount>(line ?? throw new InvalidOperationException("node ended."), JsonSerializerOptions.Web)!;
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync().WaitAsync(_limit);
        _process.Dispose();
    }
}
