using System.Buffers;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Envoy.ExtAuthz;

namespace AuthSidecar.Tests.Envoy.ExtAuthz;

/// <summary>Which answers are prepared, and which are kept.</summary>
public sealed class SharedAnswersTests
{
    private const string Id = "0123456789abcdef0123456789abcdef";
    private static readonly ICheckStep _mount = Steps.Do(
        (context, _) =>
        {
            context.Caller = new(context.KnownIdentity, AuthenticationMode.Centralized, null);
            return new(StepResult.Continue);
        }
    );

    private readonly AnswerCache _cache = new([new Writer()]);

    [Fact]
    public async Task KeyAskedOnceOrTwice_HasNoPreparedAnswer_AndOneIsTheSameByByte()
    {
        var pipeline = new CheckPipeline([_mount, new Writer()]);
        var writer = new CheckResponseWriter(Steps.Macs);
        var identity = NewIdentity(0);
        var (answers, shared) = (new List<byte[]>(), new List<bool>());
        for (var i = 0; i < AnswerCache.AskedBefore + 2; i++)
        {
            var context = Context(identity);
            var allow = Assert.IsType<Decision.Allow>(await pipeline.RunAsync(context, CancellationToken.None));
            var bytes = new ArrayBufferWriter<byte>();
            writer.Write(context, allow).WriteTo(bytes);
            answers.Add(bytes.WrittenSpan.ToArray());
            shared.Add(allow.Shared is { Encoded: PreparedAnswer });
        }

        Assert.Equal([false, false, true, true], shared);
        Assert.All(answers, answer => Assert.Equal(answers[0], answer));
    }

    [Fact]
    public void Answers_AreBoundedInBytes_AndThoseInUseStay()
    {
        var one = Answer(NewIdentity(0)).EstimatedBytes;
        var answers = new SharedAnswers(10 * one);
        var identities = Enumerable.Range(0, 1_000).Select(NewIdentity).ToList();
        foreach (var identity in identities)
        {
            answers.TryAdd(identity.Answers, KeyOf(identity), Answer(identity));

            // The first stays in use.
            Assert.NotNull(identities[0].Answers.Find(KeyOf(identities[0])));
            Assert.InRange(answers.Bytes, one, 10 * one);
        }

        Assert.InRange(identities.Count(identity => identity.Answers.Find(KeyOf(identity)) is not null), 2, 10);
    }

    [Fact]
    public void NewAnswer_IsRefusedWhileAllAreInUse()
    {
        var identities = Enumerable.Range(0, 20).Select(NewIdentity).ToList();
        var answers = new SharedAnswers(10 * Answer(identities[0]).EstimatedBytes);
        Assert.All(identities[..10], identity => Assert.True(answers.TryAdd(identity.Answers, KeyOf(identity), Answer(identity))));
        Assert.All(identities[..10], identity => Assert.NotNull(identity.Answers.Find(KeyOf(identity))));

        Assert.False(answers.TryAdd(identities[10].Answers, KeyOf(identities[10]), Answer(identities[10])));

        Assert.Null(identities[10].Answers.Find(KeyOf(identities[10])));
        Assert.All(identities[..10], identity => Assert.NotNull(identity.Answers.Find(KeyOf(identity))));
    }

    [Fact]
    public void FullCache_AdmitsFewNewcomers()
    {
        var identities = Enumerable.Range(0, 170).Select(NewIdentity).ToList();
        var answers = new SharedAnswers(10 * Answer(identities[0]).EstimatedBytes);
        Assert.All(identities[..10], identity => Assert.True(answers.TryAdd(identity.Answers, KeyOf(identity), Answer(identity))));

        Assert.Equal(10, identities[10..].Count(identity => answers.TryAdd(identity.Answers, KeyOf(identity), Answer(identity))));
    }

    [Fact]
    public void AnswerLargerThanTheBound_IsNotKept()
    {
        var identity = NewIdentity(0);
        var answers = new SharedAnswers(Answer(identity).EstimatedBytes - 1);

        Assert.False(answers.TryAdd(identity.Answers, KeyOf(identity), Answer(identity)));
        Assert.Equal(0, answers.Bytes);
    }

    [Fact]
    public void EstimatedBytes_GrowWithTheValues()
    {
        var identity = NewIdentity(0);
        var edits = new UpstreamEdits();
        edits.SetHeader("x-long", new('a', 10_000));

        Assert.InRange(new SharedAnswer(CallerOf(identity), edits).EstimatedBytes, 30_000, 35_000);
    }

    private static SharedAnswer Answer(Identity identity)
    {
        var edits = new UpstreamEdits();
        edits.SetHeader("x-key", "0000");
        return new(CallerOf(identity), edits);
    }

    private static Caller CallerOf(Identity identity) => new(identity, AuthenticationMode.Centralized, null);

    private AnswerCache.Key KeyOf(Identity identity) => new(_cache, Context(identity));

    private static Identity NewIdentity(int number) =>
        new($"key{number:D9}", SubjectType.Account, "5f0c7a3e-0000-0000-0000-000000000001", "ada", ["full"], null, null);

    private static CheckContext Context(Identity identity) =>
        new(
            new()
            {
                Method = "GET",
                Host = "h",
                Target = "/",
                Headers = new(),
            },
            Id
        )
        {
            Policy = Steps.Policy,
            Identity = identity,
        };

    private sealed class Writer : EditStep
    {
        public override string Name => "writer";

        public override AnswerFacts Reads => AnswerFacts.Identity;

        protected override ValueTask<StepResult> WriteAsync(EditInput input, UpstreamEdits edits, CancellationToken cancellationToken)
        {
            edits.SetHeader("x-key", input.Identity!.KeyId);
            edits.RemoveHeader("authorization");
            return new(StepResult.Continue);
        }
    }
}
