using AuthSidecar.Storage;

namespace AuthSidecar.Demo;

/// <summary>One run of <c>demo</c>.</summary>
/// <param name="options">How it was asked for.</param>
/// <param name="locator">Finds Envoy.</param>
/// <param name="output">Gets the results.</param>
/// <param name="error">Gets everything else.</param>
internal sealed class DemoRun(DemoSwitches options, EnvoyLocator locator, TextWriter output, TextWriter error)
{
    /// <returns>True when every line is as it should be.</returns>
    /// <exception cref="DemoFailure">It could not go on.</exception>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            var envoy = await locator.FindAsync(options.Fetch, error.WriteLine, cancellationToken);
            return envoy.IsMistake ? throw new DemoFailure($"{envoy.Reason}.") : await RunAsync(envoy, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new DemoFailure("Stopped before the end.");
        }
    }

    private async Task<bool> RunAsync(EnvoySearch envoy, CancellationToken cancellationToken)
    {
        using var directory = new DemoDirectory();
        try
        {
            await using var world = await DemoWorld.StartAsync(directory, envoy.Path, cancellationToken);
            return await RunAsync(world, envoy, cancellationToken);
        }
        catch (Exception problem) when (problem is DemoFailure or IOException or HttpRequestException or Grpc.Core.RpcException or StoreUnavailableException)
        {
            throw new DemoFailure(string.Join('\n', [problem.Message, .. directory.LogTails()]));
        }
    }

    private async Task<bool> RunAsync(DemoWorld world, EnvoySearch envoy, CancellationToken cancellationToken)
    {
        var requests = new DemoRequests(world.Door, world.Secrets.Ours);
        var results = new List<DemoResult>();
        foreach (var request in DemoCases.All(world.Keys, world.Secrets, world.People))
        {
            results.Add(await requests.RunAsync(request, cancellationToken));
        }

        var usage = await DemoUsage.WaitAsync(world, requests.Answered, cancellationToken);
        Write(world, envoy, results, usage);
        if (options.Stay)
        {
            await StayText.WriteAsync(options.Json ? error : output, world, cancellationToken);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return results.TrueForAll(result => result.IsOk) && usage.Complaints.Count == 0;
    }

    private void Write(DemoWorld world, EnvoySearch envoy, IReadOnlyList<DemoResult> results, DemoUsage usage)
    {
        if (!options.Json)
        {
            DemoTable.Write(output, results, usage, envoy, world.Secrets.Masks);
        }
        else
        {
            DemoJson.Write(output, results, usage, world.Secrets.Masks);
            if (envoy.Path is null)
            {
                error.WriteLine($"Without Envoy: {envoy.Reason}. The same requests were made as Check calls over gRPC.");
            }

            foreach (var complaint in usage.Complaints)
            {
                error.WriteLine($"Usage: {complaint}.");
            }
        }

        output.Flush();
    }
}
