using System.Diagnostics;
using System.Globalization;

namespace KestrelGrpc.Tests.Interop;

/// <summary>The other implementation's server, and the results of its client at our server. Each is run once, when first asked for.</summary>
public abstract class PeerFixture : IAsyncLifetime
{
    private readonly Peer _peer;
    private readonly string _descriptors = InteropFiles.WriteDescriptorSet();
    private readonly Lazy<Task<Uri>> _server;
    private readonly Lazy<Task<Dictionary<string, string>>> _results;
    private Process? _serverProcess;

    private protected PeerFixture(Peer peer)
    {
        _peer = peer;
        _server = new Lazy<Task<Uri>>(StartServerAsync);
        _results = new Lazy<Task<Dictionary<string, string>>>(RunClientAsync);
    }

    public Task<Uri> ServerAsync() => _server.Value;

    /// <summary>"ok" or what went wrong, by case.</summary>
    public Task<Dictionary<string, string>> ResultsAsync() => _results.Value;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync()
    {
        _serverProcess?.Kill(entireProcessTree: true);
        _serverProcess?.Dispose();
        File.Delete(_descriptors);
        return Task.CompletedTask;
    }

    private async Task<Uri> StartServerAsync()
    {
        Assert.True(_peer.Missing is null, _peer.Missing);
        _serverProcess = _peer.Start("server", _descriptors);
        var port = await _serverProcess.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30));
        Assert.True(port is not null, "The server did not start.");
        return new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
    }

    private async Task<Dictionary<string, string>> RunClientAsync()
    {
        Assert.True(_peer.Missing is null, _peer.Missing);
        await using var server = await InteropServer.StartAsync();
        using var client = _peer.Start("client", server.Address.Authority, _descriptors);
        var errors = client.StandardError.ReadToEndAsync();
        var lines = await client.StandardOutput.ReadToEndAsync().WaitAsync(TimeSpan.FromMinutes(2));
        var results = lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        results["errors of the client"] = await errors;
        results["errors of the server"] = string.Join('\n', server.Log.Errors);
        return results;
    }
}

public sealed class GrpcJsFixture() : PeerFixture(Peer.GrpcJs);

public sealed class GrpcioFixture() : PeerFixture(Peer.Grpcio);
