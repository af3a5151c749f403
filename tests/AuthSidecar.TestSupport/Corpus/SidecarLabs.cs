using System.Collections.Concurrent;

namespace AuthSidecar.TestSupport.Corpus;

/// <summary>One sidecar for each configuration that a case asks for, started when the first one does.</summary>
public sealed class SidecarLabs : IAsyncLifetime
{
    private readonly ConcurrentDictionary<string, Lazy<Task<SidecarLab>>> _labs = [];

    public Task InitializeAsync() => Task.CompletedTask;

    internal Task<SidecarLab> ForAsync(Case one) => _labs.GetOrAdd(one.Given.Settings, name => new(() => StartAsync(name))).Value;

    private static async Task<SidecarLab> StartAsync(string name)
    {
        var rows = new ToldRows();
        var lab = await SidecarLab.StartAsync(name, replace: rows.Use);
        lab.Rows = rows;
        return lab;
    }

    public async Task DisposeAsync()
    {
        foreach (var lab in _labs.Values)
        {
            await (await lab.Value).DisposeAsync();
        }
    }
}
