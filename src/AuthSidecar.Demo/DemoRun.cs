using AuthSidecar.Demo.Output;
using AuthSidecar.Demo.Proxy;
using AuthSidecar.Demo.Requests;
using AuthSidecar.Demo.Workspace;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Demo;

/// <summary>One run of the demo.</summary>
/// <param name="switches">The options given.</param>
/// <param name="locator">Finds Envoy.</param>
/// <param name="output">Receives the results.</param>
/// <param name="error">Receives progress and problems.</param>
internal sealed class DemoRun(DemoSwitches switches, EnvoyLocator locator, TextWriter output, TextWriter error)
{
    /// <returns>True when every request had the expected result.</returns>
    /// <exception cref="DemoFailure">The run could not be finished.</exception>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            var envoy = await locator.FindAsync(switches.Fetch, error.WriteLine, cancellationToken);
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
            await using var environment = await DemoEnvironment.StartAsync(directory, envoy.Path, cancellationToken);
            return await RunAsync(environment, envoy, cancellationToken);
        }
        catch (Exception problem)
            when (problem is DemoFailure or IOException or HttpRequestException or Grpc.Core.RpcException or StoreUnavailableException)
        {
            throw new DemoFailure(string.Join('\n', [problem.Message, .. directory.LogTails()]));
        }
    }

    private async Task<bool> RunAsync(DemoEnvironment environment, EnvoySearch envoy, CancellationToken cancellationToken)
    {
        var requests = new DemoRequests(environment.Client, environment.Secrets.Ours);
        var results = new List<DemoResult>();
        foreach (var request in DemoCases.All(environment.Keys, environment.Secrets, environment.Accounts))
        {
            results.Add(await requests.RunAsync(request, cancellationToken));
        }

        var usage = await new UsageReader(environment, requests.Answered).WaitAsync(cancellationToken);
        Write(environment, envoy, results, usage);
        if (switches.Stay)
        {
            await StayText.WriteAsync(switches.Json ? error : output, environment, cancellationToken);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return results.TrueForAll(result => result.IsOk) && usage.Complaints.Count == 0;
    }

    private void Write(DemoEnvironment environment, EnvoySearch envoy, IReadOnlyList<DemoResult> results, DemoUsage usage)
    {
        if (!switches.Json)
        {
            DemoTable.Write(output, results, usage, envoy, environment.Secrets.Masks);
        }
        else
        {
            DemoJson.Write(output, results, usage, environment.Secrets.Masks);
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
