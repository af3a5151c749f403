using System.Reflection;
using System.Runtime.CompilerServices;
using AuthSidecar.Administration.Composition;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Steps;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Tests.Platform.Configuration;
using AuthSidecar.TestSupport;

namespace AuthSidecar.Tests.Envoy.ExtAuthz;

/// <summary>Edit steps, their declarations, and the requests that share an Allow.</summary>
public sealed class AnswerCacheTests
{
    private const string None = "no edits";
    private static readonly ICheckStep _mount = Steps.Do(
        (context, _) =>
        {
            context.Caller = new(context.KnownIdentity, AuthenticationMode.Centralized, null);
            return new(StepResult.Continue);
        }
    );

    private static readonly string _source = Repository.File("src", "AuthSidecar");

    /// <summary>A new edit step must be added here with its declaration.</summary>
    [Fact]
    public void EveryStep_DeclaresWhatItsEditsDependOn()
    {
        using var host = SidecarHost.Build(
            FixedSettings.Of(new() { DataDirectory = Path.Combine(Path.GetTempPath(), "none") }),
            new([new Secret("a pepper for tests")])
        );

        Assert.Equal(
            [
                ("request_id", None),
                ("path", None),
                ("classify", None),
                ("policy", None),
                ("endpoint", None),
                ("path_token", None),
                ("delegation", None),
                ("extract", None),
                ("authenticate", None),
                ("subject_type", None),
                ("rate_limit", None),
                ("endpoint_access", None),
                ("budget", None),
                ("byok", None),
                ("own_credential", None),
                ("scope", None),
                ("app", None),
                ("membership", None),
                ("app_authorization", None),
                ("model", None),
                ("mount_caller", "Identity, Policy, App, Codings, Byok, Delegation"),
                ("assertion", "Policy, Assertion"),
                ("stream_duration", "Identity, Policy, Upgrade"),
                ("upstream_credential", "Policy, Byok, Upgrade, ForgedHeaders, PrivateHeaders, Connection, Subprotocol, Query"),
                ("websocket_key", "Upgrade"),
                ("token_limit", None),
                ("budget_reservation", None),
                ("parallel_limit", None),
                ("socket_lease", None),
            ],
            CheckSteps.Create(host.Services).Select(step => (step.Name, step is EditStep edits ? edits.Reads.ToString() : None))
        );
    }

    [Fact]
    public void EveryEditStep_OverridesTheDeclaration() =>
        Assert.All(typeof(EditStep).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(EditStep))), type =>
            Assert.NotEqual(typeof(EditStep), type.GetProperty(nameof(EditStep.Reads))!.DeclaringType)
        );

    [Fact]
    public void EditsOfARequest_AreReachedThroughEditStepsAlone() =>
        Assert.Equal(
            ["AnswerCache.cs", "CheckPipeline.cs", "EditStep.cs"],
            Sources()
                .Where(file =>
                    file.Text.Contains("context.Edits", StringComparison.Ordinal)
                    || file.Text.Contains("check.Edits", StringComparison.Ordinal)
                )
                .Select(file => Path.GetFileName(file.Path))
                .Order(StringComparer.Ordinal)
        );

    [Fact]
    public void OneMethod_MakesEveryAllow()
    {
        var makers = Sources().Where(file => file.Text.Contains("Decision.Allow(", StringComparison.Ordinal)).ToList();

        Assert.Equal(["CheckPipeline.cs"], makers.Select(file => Path.GetFileName(file.Path)));
        Assert.Single(makers[0].Text.Split("\n\n"), member => member.Contains("Decision.Allow(", StringComparison.Ordinal));
    }

    [Fact]
    public void Vocabulary_HasNoMemberOfTypeObject()
    {
        const BindingFlags All =
            BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        var members =
            from type in typeof(CheckContext).Assembly.GetTypes()
            where type.Namespace == typeof(CheckContext).Namespace && !IsGenerated(type)
            from member in type.GetMembers(All)
            where TypesOf(member).Any(IsObject)
            select $"{type.Name}.{member.Name}";

        Assert.Empty(members);

        static IEnumerable<Type> TypesOf(MemberInfo member) =>
            member switch
            {
                FieldInfo field => [field.FieldType],
                MethodInfo method when method.Name != nameof(Equals) => method
                    .GetParameters()
                    .Select(parameter => parameter.ParameterType)
                    .Append(method.ReturnType),
                ConstructorInfo constructor => constructor.GetParameters().Select(parameter => parameter.ParameterType),
                _ => [],
            };

        static bool IsObject(Type type) =>
            type == typeof(object)
            || (type.HasElementType && IsObject(type.GetElementType()!))
            || (type.IsGenericType && type.GetGenericArguments().Any(IsObject));

        static bool IsGenerated(Type type) =>
            type.IsDefined(typeof(CompilerGeneratedAttribute)) || (type.DeclaringType is { } outer && IsGenerated(outer));
    }

    [Fact]
    public void EveryFact_ButTheUndeclared_CanBeShared() =>
        Assert.All(Enum.GetValues<AnswerFacts>(), fact =>
            Assert.Equal(fact != AnswerFacts.Undeclared, new AnswerCache([new Reader(fact)]).MayShare(Context()))
        );

    [Fact]
    public void FactOutsideTheVocabulary_IsNotShared() =>
        Assert.False(new AnswerCache([new Reader((AnswerFacts)(1 << 30))]).MayShare(Context()));

    [Fact]
    public void StepBetweenThoseThatWrite_EndsSharing() =>
        Assert.False(
            new AnswerCache([new Reader(AnswerFacts.Policy), Steps.Answer(StepResult.Continue), new Reader(AnswerFacts.Policy)]).MayShare(
                Context()
            )
        );

    [Fact]
    public void FactThatIsNotDeclared_CannotBeRead()
    {
        var context = Context();
        context.Delegation = new("key", "agents", null);

        foreach (var property in typeof(EditInput).GetProperties().Where(property => property.Name != nameof(EditInput.Asserted)))
        {
            var fault = Assert.Throws<TargetInvocationException>(() => property.GetValue(new EditInput(context, AnswerFacts.Nothing)));
            Assert.IsType<InvalidOperationException>(fault.InnerException);
            property.GetValue(EditInput.OfOne(context));
        }
    }

    [Fact]
    public async Task CopyOfAnIdentity_SharesNothingWithIt()
    {
        var pipeline = new CheckPipeline([_mount, new Reader(AnswerFacts.Identity)]);
        var context = Context();
        context.Identity = Steps.Identity with { KeyId = "another00000" };

        var first = await OftenAsync(pipeline);
        var again = Assert.IsType<Decision.Allow>(await pipeline.RunAsync(Context(), CancellationToken.None));
        var other = Assert.IsType<Decision.Allow>(await pipeline.RunAsync(context, CancellationToken.None));

        Assert.NotNull(first.Shared);
        Assert.Same(first.Shared, again.Shared);
        Assert.NotSame(first.Shared, other.Shared);
        Assert.Equal("another00000", other.Caller!.Identity.KeyId);
    }

    [Fact]
    public async Task AnotherPipeline_SharesNothingWithIt()
    {
        var first = await OftenAsync(new([_mount, new Reader(AnswerFacts.Policy)]));
        var other = await OftenAsync(new([_mount, new Reader(AnswerFacts.Policy)]));

        Assert.NotNull(first.Shared);
        Assert.NotNull(other.Shared);
        Assert.NotSame(first.Shared, other.Shared);
    }

    [Fact]
    public async Task EditsBehindThoseThatAreShared_Fail() =>
        await Assert.ThrowsAsync<InvalidOperationException>(async () =>
            await new CheckPipeline([
                _mount,
                new Reader(AnswerFacts.Policy),
                Steps.Do(
                    (context, _) =>
                    {
                        context.Edits.SetHeader("x", "late");
                        return new(StepResult.Continue);
                    }
                ),
            ]).RunAsync(Context(), CancellationToken.None)
        );

    private static async Task<Decision.Allow> OftenAsync(CheckPipeline pipeline)
    {
        for (var i = 0; i < AnswerCache.AskedBefore; i++)
        {
            await pipeline.RunAsync(Context(), CancellationToken.None);
        }

        return Assert.IsType<Decision.Allow>(await pipeline.RunAsync(Context(), CancellationToken.None));
    }

    private static IEnumerable<(string Path, string Text)> Sources() =>
        Directory
            .EnumerateFiles(_source, "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Select(path => (path, File.ReadAllText(path)));

    private static CheckContext Context() =>
        new(
            new()
            {
                Method = "GET",
                Host = "h",
                Target = "/",
                Headers = new(),
            },
            "01234567890123456789012345678901"
        )
        {
            Policy = Steps.Policy,
            Identity = Steps.Identity,
        };

    private sealed class Reader(AnswerFacts reads) : EditStep
    {
        public override string Name => "reader";

        public override AnswerFacts Reads => reads;

        protected override ValueTask<StepResult> WriteAsync(EditInput input, UpstreamEdits edits, CancellationToken cancellationToken)
        {
            edits.SetHeader("x-reader", "1");
            return new(StepResult.Continue);
        }
    }
}
