using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Steps;
using Microsoft.Extensions.DependencyInjection;

namespace AuthSidecar.BrowserTests.Servers;

/// <summary>A step that throws under one policy.</summary>
internal sealed class FaultyStep : ICheckStep
{
    private const string Policy = "fault";

    public string Name => Policy;

    public static void AddTo(IServiceCollection services) =>
        services.AddSingleton(provider => new CheckPipeline([.. CheckSteps.Create(provider), new FaultyStep()]));

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken) =>
        context.Policy.Name.Contains(Policy, StringComparison.Ordinal)
            ? throw new InvalidOperationException("A bug.")
            : new(StepResult.Continue);
}
