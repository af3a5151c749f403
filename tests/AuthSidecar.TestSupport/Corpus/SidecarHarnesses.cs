using System.Collections.Concurrent;

namespace AuthSidecar.TestSupport.Corpus;

/// <summary>One sidecar for each configuration of the corpus, started on first use.</summary>
public sealed class SidecarHarnesses : IAsyncLifetime
{
    private readonly ConcurrentDictionary<string, Lazy<Task<SidecarHarness>>> _harnesses = [];

    public Task InitializeAsync() => Task.CompletedTask;

    internal Task<SidecarHarness> ForAsync(Case one) => _harnesses.GetOrAdd(one.Given.Settings, name => new(() => StartAsync(name))).Value;

    private static async Task<SidecarHarness> StartAsync(string name)
    {
        var rows = new ReportedRows();
        var harness = await SidecarHarness.StartAsync(name, replace: rows.Use);
        harness.Rows = rows;
        return harness;
    }

    public async Task DisposeAsync()
    {
        foreach (var harness in _harnesses.Values)
        {
            await (await harness.Value).DisposeAsync();
        }
    }
}
