using AuthSidecar.Decisions.Metadata;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Service;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Envoy.ExtAuthz;
using AuthSidecar.Usage.Pipeline;
using AuthSidecar.Usage.Reporting;
using AuthSidecar.WebSockets.Closer;
using Microsoft.Extensions.Logging.Abstractions;

namespace AuthSidecar.Tests.Envoy.ExtAuthz;

/// <summary>Configurable steps, and the facts that a complete pipeline would set.</summary>
internal static class Steps
{
    public static readonly Policy Policy = new()
    {
        Name = "test",
        Options = new(),
        Subjects = SubjectType.All,
    };

    public static readonly Identity Identity = IdentityOf("key0000000id");

    /// <summary>An identity with answers of its own, which a copy of another would share.</summary>
    public static Identity IdentityOf(string keyId) =>
        new(keyId, SubjectType.Account, "5f0c7a3e-0000-0000-0000-000000000001", "ada", ["full"], null, null);

    /// <summary>MACs of a sidecar with one pepper.</summary>
    public static DecisionMacs Macs { get; } = new(new([new("a pepper")]));

    public static CloserRoute Closer { get; } = new(new(new([new("a pepper")])));

    /// <summary>Check with these steps and a decision log.</summary>
    public static CheckService Service(DecisionLog log, TimeProvider time, params ICheckStep[] steps) => Service(log, time, null, steps);

    public static CheckService Service(DecisionLog log, TimeProvider time, IResourceReleaser? releaser, params ICheckStep[] steps) =>
        new(
            new(new(steps), log, time, NullLogger<DecisionService>.Instance, releasers: releaser is null ? null : [releaser]),
            Closer,
            new(Macs),
            time
        );

    /// <summary>Check with these steps; decisions are only reported to usage.</summary>
    public static CheckService RecordingService(UsageQueue queue, TimeProvider time, params ICheckStep[] steps) =>
        RecordingService(queue, time, null, steps);

    /// <summary>The same, with counted denials without an identity.</summary>
    public static CheckService RecordingService(UsageQueue queue, TimeProvider time, RefusalCounts? refusals, params ICheckStep[] steps) =>
        new(
            new(
                new(steps),
                new(time, Stream.Null),
                time,
                NullLogger<DecisionService>.Instance,
                usage: new(queue, time, NullLogger<DecisionUsageReporter>.Instance, refusals)
            ),
            Closer,
            new(Macs),
            time
        );

    public static ICheckStep Do(Func<CheckContext, CancellationToken, ValueTask<StepResult>> run) => new Scripted(run);

    public static ICheckStep Answer(StepResult result) => Do((_, _) => new(result));

    public static ICheckStep Mount() =>
        Do(
            (context, _) =>
            {
                context.Policy = Policy;
                context.Identity = Identity;
                context.Caller = new(Identity, AuthenticationMode.Centralized, null);
                return new(StepResult.Continue);
            }
        );

    private sealed class Scripted(Func<CheckContext, CancellationToken, ValueTask<StepResult>> run) : ICheckStep
    {
        public string Name => "scripted";

        public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken) => run(context, cancellationToken);
    }
}
